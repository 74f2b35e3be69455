/** The header of the workspace. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { read } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Menu, MenuItem } from "../ui/Dialog.tsx";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import { setTheme } from "./theme.ts";

const { shell } = words;

interface HeaderProps {
  readonly onToggleMenu: () => void;
  readonly isMenuOpen: boolean;
}

export const Header = ({ onToggleMenu, isMenuOpen }: HeaderProps) => (
  <header className="header">
    <button
      type="button"
      className="button bare square narrow-only"
      aria-label={shell.menu}
      aria-expanded={isMenuOpen}
      aria-controls="navigation"
      onClick={onToggleMenu}
    >
      <Icon name="menu" />
    </button>
    <Brand />
    <nav className="top-nav wide-only" aria-label="Pesarail">
      <Link to={paths.requests()} aria-current="page">
        {shell.workspace}
      </Link>
      <a href="/handset">{shell.handsets}</a>
      <a href="/openapi.json">{shell.apiDescription}</a>
    </nav>
    <div className="header-end">
      <ThemeMenu />
      <Profile />
    </div>
  </header>
);

export const Brand = () => (
  <a className="brand" href="/">
    <span className="mark" aria-hidden="true">
      P
    </span>
    Pesarail
  </a>
);

export const ThemeMenu = () => (
  <Menu
    trigger={
      <button type="button" className="button bare small desk-only">
        {shell.theme}
        <Icon name="down" />
      </button>
    }
  >
    <MenuItem onSelect={() => setTheme("system")}>{shell.themeSystem}</MenuItem>
    <MenuItem onSelect={() => setTheme("light")}>{shell.themeLight}</MenuItem>
    <MenuItem onSelect={() => setTheme("dark")}>{shell.themeDark}</MenuItem>
  </Menu>
);

export function Profile() {
  const { data } = useQuery(read("GET /session"));
  if (data === undefined) return null;
  const { developer } = data;
  if (developer === null)
    return (
      <Link className="button small" to={paths.signIn()}>
        {shell.signIn}
      </Link>
    );
  return (
    <Link
      className="face"
      to={paths.profile()}
      title={developer.isLocal ? shell.localDeveloper : developer.email}
    >
      <span aria-hidden="true">{toInitials(developer.name)}</span>
      <span className="unseen">{`${developer.name}, ${shell.profile}`}</span>
    </Link>
  );
}

const toInitials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part.slice(0, 1).toUpperCase())
    .join("");
