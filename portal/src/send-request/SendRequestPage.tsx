/** Sends a request of a protocol by hand, with the customer's handset beside it. */
import { useQuery } from "@tanstack/react-query";
import type { PortalResult } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { SelectField } from "../ui/Field.tsx";
import { Notice, Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { RequestForm } from "./RequestForm.tsx";
import { useSelection, type Application, type Console, type Selection } from "./selection.ts";

const { sendRequest } = words;

export function SendRequestPage() {
  const offered = useQuery({ ...read("GET /console"), staleTime: Infinity });
  const applications = useQuery(read("GET /applications"));
  return (
    <Query query={offered}>
      {(data) => (
        <Query query={applications}>
          {(own: PortalResult<"GET /applications">) => (
            <Content offered={data} applications={own.applications} />
          )}
        </Query>
      )}
    </Query>
  );
}

interface ContentProps {
  readonly offered: Console;
  readonly applications: readonly Application[];
}

function Content({ offered, applications }: ContentProps) {
  const [selection, select] = useSelection(offered, applications);
  if (selection === null)
    return (
      <Notice
        icon="layers"
        title={sendRequest.noApplication}
        action={
          <a className="button strong" href={paths.applications()}>
            {words.shell.applications}
          </a>
        }
      >
        {sendRequest.noApplicationHelp}
      </Notice>
    );
  const { protocol, call, market, handset } = selection;
  return (
    <>
      <PageTop title={sendRequest.title} lead={sendRequest.lead(selection.application.name)} />
      <Choices offered={offered} applications={applications} selection={selection} onSelect={select} />
      <RequestForm key={`${protocol.name} ${call.name} ${market} ${handset.msisdn}`} selection={selection} />
    </>
  );
}

interface ChoicesProps extends ContentProps {
  readonly selection: Selection;
  readonly onSelect: ReturnType<typeof useSelection>[1];
}

const Choices = ({ offered, applications, selection, onSelect }: ChoicesProps) => (
  <div className="card card-body fields">
    <SelectField
      label={sendRequest.application}
      value={selection.application.id}
      onChange={(event) => onSelect("application", event.target.value)}
    >
      {applications.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
    <SelectField
      label={sendRequest.protocol}
      value={selection.protocol.name}
      onChange={(event) => onSelect("protocol", event.target.value)}
    >
      {offered.protocols.map(({ name, title }) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </SelectField>
    <SelectField
      label={sendRequest.call}
      value={selection.call.name}
      onChange={(event) => onSelect("call", event.target.value)}
    >
      {selection.protocol.calls.map(({ name, title }) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </SelectField>
    <SelectField
      label={sendRequest.market}
      value={selection.market}
      onChange={(event) => onSelect("market", event.target.value)}
    >
      {selection.call.markets.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
    <SelectField
      label={sendRequest.customer}
      value={selection.handset.msisdn}
      onChange={(event) => onSelect("customer", event.target.value)}
    >
      {selection.handsets.map(({ msisdn, name }) => (
        <option key={msisdn} value={msisdn}>
          {`${name}, ${msisdn}`}
        </option>
      ))}
    </SelectField>
  </div>
);
