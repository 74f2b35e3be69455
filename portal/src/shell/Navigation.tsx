/** The navigation of the workspace. A page that is open is marked, and so is a page below it. */
import { NavLink } from "react-router";
import { Icon, type IconName } from "../ui/Icon.tsx";
import { paths } from "../paths.ts";
import { words } from "../words.ts";

interface NavItem {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
}

const { shell } = words;

const groups: readonly { readonly title: string; readonly items: readonly NavItem[] }[] = [
  {
    title: shell.see,
    items: [
      { path: paths.requests(), title: shell.requests, icon: "list" },
      { path: paths.payments(), title: shell.payments, icon: "moves" },
      { path: paths.errors(), title: shell.errors, icon: "warning" },
    ],
  },
  {
    title: shell.tryIt,
    items: [
      { path: paths.sendRequest(), title: shell.sendRequest, icon: "send" },
      { path: paths.sandbox(), title: shell.sandbox, icon: "box" },
    ],
  },
  { title: shell.build, items: [{ path: paths.applications(), title: shell.applications, icon: "layers" }] },
];

export const Navigation = ({
  isOpen,
  onNavigate,
}: {
  readonly isOpen: boolean;
  readonly onNavigate: () => void;
}) => (
  <nav
    className="sidebar"
    id="navigation"
    aria-label={shell.navigation}
    {...(isOpen ? { "data-open": "" } : {})}
    onClick={onNavigate}
  >
    {groups.map(({ title, items }) => (
      <div key={title}>
        <p className="nav-title">{title}</p>
        <ul className="nav" aria-label={title}>
          {items.map((item) => (
            <li key={item.path}>
              <NavLink to={item.path}>
                <Icon name={item.icon} />
                {item.title}
              </NavLink>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </nav>
);
