/** A block of code with a title and a button that copies it. JSON is coloured. */
import { Fragment, type ReactNode } from "react";
import { CopyButton } from "./CopyButton.tsx";

interface CodeBlockProps {
  readonly title: ReactNode;
  readonly text: string;
  readonly language?: "json" | "text";
}

export const CodeBlock = ({ title, text, language = "text" }: CodeBlockProps) => (
  <figure className="code">
    <figcaption className="code-top">
      <span>{title}</span>
      <CopyButton text={text} />
    </figcaption>
    <pre tabIndex={0}>
      <code>{language === "json" ? colourJson(text) : text}</code>
    </pre>
  </figure>
);

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function colourJson(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, string, colon] = match;
    parts.push(text.slice(end, match.index));
    const kind = string === undefined ? "value" : colon === undefined ? "string" : "key";
    parts.push(
      <Fragment key={match.index}>
        <span className={kind}>{string ?? whole}</span>
        {colon}
      </Fragment>,
    );
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
}
