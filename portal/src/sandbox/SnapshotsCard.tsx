/** Snapshots: the whole sandbox, to return to. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { formatMoment } from "../parts/durations.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Query } from "../ui/PageStates.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { refreshAll, showFailure } from "./clock.ts";

const { sandbox } = words;

export function SnapshotsCard() {
  const list = useQuery(read("GET /sandbox/snapshots"));
  const [name, setName] = useState("");
  const [restored, setRestored] = useState<string | null>(null);
  const taking = useMutation({
    mutationFn: () => call("POST /sandbox/snapshots", { body: { name } }),
    onSuccess: async () => {
      showToast(sandbox.taken(name));
      setName("");
      await refresh("/sandbox/snapshots");
    },
  });
  const removing = useMutation({
    mutationFn: (snapshot: string) => call("DELETE /sandbox/snapshots/{snapshot}", { params: { snapshot } }),
    onSuccess: async (_result, snapshot) => {
      showToast(sandbox.removed(snapshot));
      await refresh("/sandbox/snapshots");
    },
    onError: showFailure,
  });
  return (
    <section className="card" aria-labelledby="snapshots-title">
      <div className="card-top">
        <h2 id="snapshots-title">{sandbox.snapshots}</h2>
      </div>
      <div className="card-body stack">
        <p className="muted small">{sandbox.snapshotsHelp}</p>
        <Query query={list} rows={2}>
          {({ snapshots }) =>
            snapshots.length === 0 ? (
              <p className="muted">{sandbox.noSnapshots}</p>
            ) : (
              <ul className="stack close">
                {snapshots.map((snapshot) => (
                  <li key={snapshot.name} className="between">
                    <span>
                      <b>{snapshot.name}</b>
                      <br />
                      <span className="muted small">{`${formatMoment(Date.parse(snapshot.now))} UTC`}</span>
                    </span>
                    <span className="row">
                      <button
                        type="button"
                        className="button small"
                        onClick={() => setRestored(snapshot.name)}
                      >
                        {sandbox.restore}
                      </button>
                      <button
                        type="button"
                        className="button bare square small"
                        aria-label={`${sandbox.remove}: ${snapshot.name}`}
                        onClick={() => removing.mutate(snapshot.name)}
                      >
                        <Icon name="trash" />
                      </button>
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Query>
        <form
          className="stack close"
          onSubmit={(event) => {
            event.preventDefault();
            taking.mutate();
          }}
        >
          <TextField
            label={sandbox.snapshotName}
            error={taking.error?.message}
            required
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" disabled={taking.isPending}>
            {sandbox.take}
          </button>
        </form>
      </div>
      {restored === null ? null : <RestoreDialog name={restored} onClose={() => setRestored(null)} />}
    </section>
  );
}

function RestoreDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const restoring = useMutation({
    mutationFn: () => call("POST /sandbox/snapshots/{snapshot}/restore", { params: { snapshot: name } }),
    onSuccess: async () => {
      onClose();
      showToast(sandbox.restored(name));
      await refreshAll();
    },
    onError: showFailure,
  });
  return (
    <Dialog open onClose={onClose} title={sandbox.restoreTitle(name)}>
      <p>{sandbox.restoreHelp}</p>
      <div className="dialog-end">
        <button type="button" className="button" onClick={onClose}>
          {sandbox.cancel}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={restoring.isPending}
          onClick={() => restoring.mutate()}
        >
          {sandbox.restore}
        </button>
      </div>
    </Dialog>
  );
}
