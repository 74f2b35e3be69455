/** The front page's style sheet: one column, system fonts, light or dark as the system's setting. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #fbfaf7; --card: #ffffff; --line: #e2ded4; --text: #22251f; --quiet: #62665c;
  --accent: #1c6b48; --code: #f1efe8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --line: #31373d; --text: #e6e7e3; --quiet: #a0a69f;
    --accent: #6fcf9f; --code: #22272c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 3rem; max-width: 56rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: break-word;
}
header { border-bottom: 1px solid var(--line); padding-bottom: 1.25rem; }
h1 { margin: 0; font-size: 2.4rem; line-height: 1.1; letter-spacing: -0.025em; color: var(--accent); }
h2 { margin: 2.75rem 0 0.75rem; font-size: 1.3rem; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 1.05rem; }
p { margin: 0.75rem 0; }
.lead { margin: 0.4rem 0 0; font-size: 1.2rem; }
.running { margin: 0.9rem 0 0; color: var(--quiet); }
.dot {
  display: inline-block; width: 0.6rem; height: 0.6rem; margin-right: 0.5rem;
  border-radius: 50%; background: var(--accent);
}
.quiet, footer { color: var(--quiet); font-size: 0.92rem; }
footer { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
a { color: var(--accent); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { font-size: 0.88em; }
:not(pre) > code { padding: 0.1em 0.3em; border-radius: 0.25rem; background: var(--code); overflow-wrap: anywhere; }
pre {
  margin: 1rem 0; padding: 1rem; overflow-x: auto; line-height: 1.5;
  border: 1px solid var(--line); border-radius: 0.5rem; background: var(--code);
}
dl { display: grid; grid-template-columns: 10.5rem 1fr; gap: 0.55rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { color: var(--quiet); font-weight: 500; text-align: left; }
th, td { padding: 0.45rem 1rem 0.45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.plain { margin: 0.5rem 0 0; padding: 0; list-style: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 1rem; margin-top: 1.25rem; }
article { padding: 1.1rem 1.2rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--card); min-width: 0; }
article p { margin: 0.3rem 0 0; }
@media (max-width: 36rem) {
  body { padding: 1.5rem 1rem 2.5rem; }
  h1 { font-size: 2rem; }
  dl { grid-template-columns: 1fr; gap: 0.1rem; }
  dd { margin-bottom: 0.7rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  td { padding: 0; border: 0; }
}
`;
