/**
 * An editor for JSON, with completion of the names of fields.
 *
 * It is mounted in a shadow root: there its styles are adopted style sheets, which the page's policy allows, instead of
 * style elements, which it forbids.
 */
import { autocompletion, closeBrackets, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

interface JsonEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly fieldNames: readonly string[];
}

const look = EditorView.theme({
  "&": { color: "var(--code)", backgroundColor: "var(--code-ground)", fontSize: "var(--size-sm)" },
  "&.cm-focused": { outline: "var(--focus-ring)" },
  ".cm-content": { fontFamily: "var(--font-code)", padding: "var(--space-3)", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-tooltip": { border: "1px solid var(--line)", backgroundColor: "var(--overlay)", color: "var(--text)" },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-key)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
]);

export function JsonEditor({ label, value, onChange, fieldNames }: JsonEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const change = useRef(onChange);
  change.current = onChange;
  const names = useRef(fieldNames);
  names.current = fieldNames;

  useEffect(() => {
    if (host.current === null) return undefined;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const completeName = (context: CompletionContext) => {
      const word = context.matchBefore(/"\w*/);
      return word === null
        ? null
        : { from: word.from + 1, options: names.current.map((name) => ({ label: name, type: "property" })) };
    };
    view.current = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: [
          json(),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ override: [completeName] }),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          syntaxHighlighting(colours),
          look,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => view.current?.destroy();
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value, label]);

  return <div ref={host} className="code" />;
}
