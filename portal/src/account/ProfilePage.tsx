/** My Profile: how the developer signs in, and where they are signed in. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { call } from "../api/call.ts";
import { queryClient, read } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Icon } from "../ui/Icon.tsx";
import { Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { EmailCard, EmailConfirmation } from "./EmailCard.tsx";
import { useLinkToken } from "./link-token.ts";
import { NameCard, PhoneCard } from "./NameCard.tsx";
import { PasswordCard } from "./PasswordCard.tsx";
import { SecondFactorCard } from "./SecondFactorCard.tsx";
import { SessionsCard } from "./SessionsCard.tsx";

const { account } = words;

export function ProfilePage() {
  const query = useQuery(read("GET /account"));
  const session = useQuery(read("GET /session"));
  const token = useLinkToken();
  const hasSession = session.data?.developer?.hasSession === true;
  return (
    <>
      <PageTop title={account.profileTitle} lead={account.profileLead}>
        {hasSession ? (
          <button type="button" className="button" onClick={() => void signOut()}>
            {account.signOut}
          </button>
        ) : null}
      </PageTop>
      <Query query={query}>
        {(profile) => (
          <div className="columns even">
            <div className="stack">
              {profile.isLocal ? (
                <LocalDeveloper />
              ) : (
                <>
                  {token === null ? null : <EmailConfirmation token={token} />}
                  <NameCard name={profile.name} />
                  <EmailCard email={profile.email} />
                </>
              )}
              <PhoneCard phone={profile.phone} />
            </div>
            <div className="stack">
              {profile.isLocal ? null : (
                <>
                  <PasswordCard />
                  <SecondFactorCard isOn={profile.secondFactor} codesLeft={profile.recoveryCodesLeft} />
                </>
              )}
              <SessionsCard />
            </div>
          </div>
        )}
      </Query>
    </>
  );
}

/** Loads the sign-in page again, so that nothing of this developer stays in the memory of the page. */
async function signOut(): Promise<void> {
  await call("POST /account/sign-out");
  queryClient.clear();
  window.location.assign(paths.signIn());
}

const LocalDeveloper = () => (
  <div className="callout">
    <Icon name="info" />
    <div className="stack close">
      <h2>{account.localTitle}</h2>
      <p>{account.localText}</p>
      <div className="row">
        <Link className="button" to={paths.register()}>
          {account.registerTitle}
        </Link>
        <Link className="button bare" to={paths.signIn()}>
          {account.signInTitle}
        </Link>
      </div>
    </div>
  </div>
);
