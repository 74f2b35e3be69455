/** The style sheet of the mailbox: colours and sizes of `web/look`, in the page itself, which has no other file. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: light-dark(#eceae4, #0e1113); --surface: light-dark(#fff, #181d20); --hover: light-dark(#f0eee8, #2b3236);
  --text: light-dark(#1d211c, #e9ebe8); --muted: light-dark(#565b52, #a7aea8);
  --line: light-dark(#ebe8e0, #2a3135); --accent: light-dark(#17694a, #6fd3a5);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 0.875rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif;
}
main { width: min(46rem, 100%); margin: 0 auto; padding: 2.5rem 1rem 4rem; display: grid; gap: 1rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.02em; }
p { margin: 0; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid light-dark(#0b50bd, #a8c7fa); outline-offset: 2px; border-radius: 7px; }
.muted { color: var(--muted); }
.card { background: var(--surface); border-radius: 20px; overflow: hidden; }
.list { margin: 0; padding: 0; list-style: none; }
.list li + li { border-top: 1px solid var(--line); }
.list a { display: grid; gap: 0.15rem; padding: 0.85rem 1.25rem; color: inherit; text-decoration: none; min-height: 44px; }
.list a:hover { background: var(--hover); }
.list b { font-weight: 600; }
.body { padding: 1.25rem; white-space: pre-wrap; font-size: 1rem; }
.top { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; justify-content: space-between; align-items: end; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.92em; }
`;
