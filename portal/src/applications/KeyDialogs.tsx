/** The questions before secrets are renewed, and before old ones are ended. */
import { useState } from "react";
import { call } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { SelectField } from "../ui/Field.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { AsCode } from "./AsCode.tsx";
import { toCommand, toCurl } from "./commands.ts";
import { addIssuedSecrets } from "./issued-secrets.ts";
import type { ProtocolKeys } from "./KeysTab.tsx";
import { FormError } from "./form-errors.tsx";

const { applications, applicationKeys } = words;

interface KeyDialogProps {
  readonly id: string;
  readonly protocol: ProtocolKeys;
  readonly onClose: () => void;
}

/** Seconds, and how they are called. */
const overlaps = [
  [0, applicationKeys.overlaps.none],
  [3600, applicationKeys.overlaps.hour],
  [86_400, applicationKeys.overlaps.day],
  [604_800, applicationKeys.overlaps.week],
] as const;

export const OverlapField = ({
  label,
  seconds,
  usual,
  onChange,
}: {
  readonly label: string;
  readonly seconds: number;
  readonly usual: number;
  readonly onChange: (seconds: number) => void;
}) => (
  <SelectField
    label={label}
    help={applicationKeys.overlapHelp(overlaps.find(([value]) => value === usual)?.[1] ?? "")}
    value={seconds}
    onChange={(event) => onChange(Number(event.target.value))}
  >
    {overlaps.map(([value, text]) => (
      <option key={value} value={value}>
        {text}
      </option>
    ))}
  </SelectField>
);

/** Runs an action once at a time, and keeps the message of its error. */
export function useAction(): {
  readonly isRunning: boolean;
  readonly message: string | undefined;
  readonly run: (action: () => Promise<void>) => Promise<void>;
} {
  const [isRunning, setRunning] = useState(false);
  const [message, setMessage] = useState<string>();
  return {
    isRunning,
    message,
    async run(action) {
      setRunning(true);
      setMessage(undefined);
      try {
        await action();
      } catch (error) {
        setMessage(error instanceof Error ? error.message : String(error));
      } finally {
        setRunning(false);
      }
    },
  };
}

export function RenewDialog({ id, protocol, onClose }: KeyDialogProps) {
  const [overlapSeconds, setOverlapSeconds] = useState(protocol.defaultOverlapSeconds);
  const { isRunning, message, run } = useAction();
  const renew = () =>
    run(async () => {
      const body = { protocol: protocol.protocol, overlapSeconds };
      const issued = await call("POST /applications/{id}/credentials", { params: { id }, body });
      addIssuedSecrets(id, [issued]);
      await refresh("/applications");
      onClose();
    });
  const hasRetiring = protocol.credentials.some(({ state }) => state === "retiring");
  return (
    <Dialog open onClose={onClose} title={applicationKeys.renewTitle(protocol.title)}>
      <p>{applicationKeys.renewLead}</p>
      {hasRetiring ? <p>{applicationKeys.renewEndsEarlier}</p> : null}
      <OverlapField
        label={applicationKeys.overlap}
        seconds={overlapSeconds}
        usual={protocol.defaultOverlapSeconds}
        onChange={setOverlapSeconds}
      />
      <FormError message={message} />
      <div className="dialog-end">
        <AsCode
          getCode={() => ({
            command: toCommand(
              "renew-key",
              id,
              `--protocol ${protocol.protocol}`,
              `--overlap ${overlapSeconds}s`,
            ),
            curl: toCurl("POST", `/applications/${id}/credentials`, {
              protocol: protocol.protocol,
              overlapSeconds,
            }),
          })}
        />
        <button type="button" className="button" onClick={onClose}>
          {applications.cancel}
        </button>
        <button type="button" className="button strong" disabled={isRunning} onClick={() => void renew()}>
          {applicationKeys.renew}
        </button>
      </div>
    </Dialog>
  );
}

export function RevokeOldDialog({ id, protocol, onClose }: KeyDialogProps) {
  const { isRunning, message, run } = useAction();
  const retiring = protocol.credentials.filter(({ state }) => state === "retiring");
  const requests = retiring.reduce((sum, row) => sum + row.requests, 0);
  const callers = Math.max(0, ...retiring.map((row) => row.callers ?? 0));
  const [first] = retiring;
  const revoke = () =>
    run(async () => {
      if (first !== undefined) {
        const params = { id, credential: first.id };
        await call("DELETE /applications/{id}/credentials/{credential}", { params });
      }
      await refresh("/applications");
      showToast(applicationKeys.revokedOld);
      onClose();
    });
  return (
    <Dialog open onClose={onClose} title={applicationKeys.revokeOldTitle(protocol.title)}>
      <p>
        {requests === 0 ? applicationKeys.revokeOldQuiet : applicationKeys.revokeOldUsed(requests, callers)}
      </p>
      <FormError message={message} />
      <div className="dialog-end">
        <button type="button" className="button" onClick={onClose}>
          {applications.cancel}
        </button>
        <button type="button" className="button danger" disabled={isRunning} onClick={() => void revoke()}>
          {applicationKeys.revokeOld}
        </button>
      </div>
    </Dialog>
  );
}
