/** A button that shows what an action is as a command and as a call of the control API. */
import { useState } from "react";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import type { EquivalentCode } from "./commands.ts";

const { applications, states } = words;

/** `getCode` is called when the dialog opens: it has what the form contains then. */
export function AsCode({ getCode }: { readonly getCode: () => EquivalentCode }) {
  const [code, setCode] = useState<EquivalentCode | null>(null);
  return (
    <>
      <button type="button" className="button bare" onClick={() => setCode(getCode())}>
        <Icon name="terminal" />
        {applications.code}
      </button>
      <Dialog open={code !== null} onClose={() => setCode(null)} title={applications.codeTitle}>
        <p className="muted small">{applications.codeLead}</p>
        {code === null || code.command === null ? null : (
          <CodeBlock title={states.asCommand} text={code.command} />
        )}
        {code === null ? null : <CodeBlock title={states.asCurl} text={code.curl} />}
        <div className="dialog-end">
          <button type="button" className="button" onClick={() => setCode(null)}>
            {states.close}
          </button>
        </div>
      </Dialog>
    </>
  );
}
