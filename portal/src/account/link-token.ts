/** The token of a link from a mail. It is behind `#`, so that no server and no log sees it before the person uses it. */
import { useState } from "react";
import { useLocation } from "react-router";

/** Null if the address has none. */
export function useLinkToken(): string | null {
  const { hash } = useLocation();
  const [token] = useState(hash.slice(1));
  return /^[\w-]{43}$/.test(token) ? token : null;
}
