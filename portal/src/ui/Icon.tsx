/** Our own pictures, drawn on a grid of 24 with lines of one width. */
const shapes = {
  again: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 4v4h-4",
  bolt: "M13 3.5 5.5 13.5H12l-1 7 7.5-10H12z",
  box: "m12 3.5 8 4.5v8l-8 4.5-8-4.5V8zM4 8l8 4.5L20 8M12 12.5v8",
  callback: "M7 4.5v9a5 5 0 0 0 10 0v-2M14 14l3-3 3 3",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 7.5V12l3 2",
  copy: "M11 8.5h6A2.5 2.5 0 0 1 19.5 11v6a2.5 2.5 0 0 1-2.5 2.5h-6A2.5 2.5 0 0 1 8.5 17v-6A2.5 2.5 0 0 1 11 8.5zM15.5 8.5V7A2.5 2.5 0 0 0 13 4.5H7A2.5 2.5 0 0 0 4.5 7v6A2.5 2.5 0 0 0 7 15.5h1.5",
  cross: "M6 6l12 12M18 6 6 18",
  down: "m5 9 7 7 7-7",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  edit: "M5 19l.8-3.8L16 5l3 3L8.8 18.2z",
  external: "M9 5H5v14h14v-4M13 5h6v6M19 5l-8.5 8.5",
  flag: "M6 20.5v-16h11l-2 4 2 4H6",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 11v5M12 7.8v.1",
  key: "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8M11 12l8.5-8.5M16 7l3 3",
  layers: "m12 4 8.5 4.5L12 13 3.5 8.5zM4 13l8 4.2 8-4.2",
  list: "M8.5 6.5h11M8.5 12h11M8.5 17.5h11M4.5 6.5h.1M4.5 12h.1M4.5 17.5h.1",
  lock: "M8 10.5h8a2.5 2.5 0 0 1 2.5 2.5v4.5A2.5 2.5 0 0 1 16 20H8a2.5 2.5 0 0 1-2.5-2.5V13A2.5 2.5 0 0 1 8 10.5zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5",
  mail: "M4.5 6h15v12h-15zM4.5 7l7.5 6 7.5-6",
  menu: "M4.5 7h15M4.5 12h15M4.5 17h15",
  message:
    "M5 5.5h14a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-8L6.5 21v-3.5H5A1.5 1.5 0 0 1 3.5 16V7A1.5 1.5 0 0 1 5 5.5z",
  minus: "M7 12h10",
  moves: "M7 4.5v15M7 4.5 3.5 8M7 4.5 10.5 8M17 19.5v-15M17 19.5 13.5 16M17 19.5l3.5-3.5",
  pause: "M9 6v12M15 6v12",
  person:
    "M12 4.5a3.700 3.700 0 1 0 0 7.400 3.700 3.700 0 0 0 0-7.400M5 20c.6-3.8 3.400-5.5 7-5.5s6.400 1.700 7 5.5",
  phone:
    "M9.5 3h5A2.5 2.5 0 0 1 17 5.5v13a2.5 2.5 0 0 1-2.5 2.5h-5A2.5 2.5 0 0 1 7 18.5v-13A2.5 2.5 0 0 1 9.5 3zM11 18h2",
  plus: "M12 5v14M5 12h14",
  printer: "M7.5 9V4.5h9V9M7.5 16.5h-3V9h15v7.5h-3M7.5 14h9v5.5h-9z",
  right: "m9 5 7 7-7 7",
  search: "M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M16 16l4.5 4.5",
  send: "M20 4 10.5 13.5M20 4l-6 16-3.5-6.5L4 10z",
  share: "M12 14.5V4M8 7.5 12 3.5l4 4M5.5 12v7.5h13V12",
  shield: "M12 3.5 19 6v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z",
  skip: "M6 6.5v11l8-5.5zM17.5 6.5v11",
  terminal: "m6 8 4 4-4 4M12.5 16.5H18",
  trash: "M5 7h14M9 7V4.5h6V7M7 7l1 13h8l1-13M10.5 10.5v6M13.5 10.5v6",
  warning: "M12 4.5 21 19.5H3zM12 10.5v4M12 17v.1",
} as const;

export type IconName = keyof typeof shapes;

/** Decorative: the word beside it, or the label of its button, says what it means. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={shapes[name]} />
  </svg>
);
