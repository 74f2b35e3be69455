/** The sandbox: its clock, customers, snapshots and faults. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { read } from "../api/queries.ts";
import { SelectField } from "../ui/Field.tsx";
import { Failure, Loading, Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { ClockCard } from "./ClockCard.tsx";
import { CustomersCard } from "./CustomersCard.tsx";
import { FaultsCard } from "./FaultsCard.tsx";
import { SnapshotsCard } from "./SnapshotsCard.tsx";

const { sandbox } = words;
const firstMarket = "vodacomTZN";

export function SandboxPage() {
  const session = useQuery(read("GET /session"));
  const clock = useQuery(read("GET /sandbox/clock"));
  const [search, setSearch] = useSearchParams();
  if (clock.isError) return <Failure error={clock.error} onRetry={() => void clock.refetch()} />;
  if (clock.isPending) return <Loading />;
  return (
    <Query query={session}>
      {({ markets }) => {
        const wanted = search.get("market") ?? firstMarket;
        const market = markets.find(({ name }) => name === wanted) ?? markets[0];
        if (market === undefined) return null;
        return (
          <>
            <PageTop title={sandbox.title} lead={sandbox.lead}>
              <SelectField
                label={sandbox.market}
                value={market.name}
                onChange={(event) => setSearch({ market: event.target.value }, { replace: true })}
              >
                {markets.map(({ name, title }) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </SelectField>
            </PageTop>
            <div className="columns">
              <CustomersCard key={market.name} market={market} />
              <div className="stack">
                <ClockCard />
                <FaultsCard key={market.name} market={market.name} />
                <SnapshotsCard />
              </div>
            </div>
          </>
        );
      }}
    </Query>
  );
}
