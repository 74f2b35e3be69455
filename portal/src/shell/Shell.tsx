/** The frame around every page of the workspace. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { useState } from "react";
import { Outlet } from "react-router";
import { TimeBar } from "../sandbox/TimeBar.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Header } from "./Header.tsx";
import { Navigation } from "./Navigation.tsx";

export function Shell() {
  const [isMenuOpen, setMenuOpen] = useState(false);
  return (
    <CSPProvider disableStyleElements>
      <a className="skip button strong" href="#main">
        {words.shell.skip}
      </a>
      <Header isMenuOpen={isMenuOpen} onToggleMenu={() => setMenuOpen(!isMenuOpen)} />
      <div className="shell">
        <Navigation isOpen={isMenuOpen} onNavigate={() => setMenuOpen(false)} />
        <main className="main" id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <TimeBar />
      <Toasts />
    </CSPProvider>
  );
}
