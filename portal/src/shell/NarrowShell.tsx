/** The frame of pages without a navigation: signing in, and what belongs to it. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Outlet } from "react-router";
import { Toasts } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Brand, Profile, ThemeMenu } from "./Header.tsx";

export const NarrowShell = () => (
  <CSPProvider disableStyleElements>
    <a className="skip button strong" href="#main">
      {words.shell.skip}
    </a>
    <header className="header">
      <Brand />
      <div className="header-end">
        <ThemeMenu />
        <Profile />
      </div>
    </header>
    <main className="narrow-page" id="main" tabIndex={-1}>
      <Outlet />
    </main>
    <Toasts />
  </CSPProvider>
);
