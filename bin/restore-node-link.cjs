/**
 * Leaves a project its own Node.
 *
 * npm links the programs of every package it installs into the project's `node_modules/.bin`, those of packages
 * that nobody asked for by name among them. The package that brings our Node 26 has a program `node`, and that
 * folder comes first in the PATH of npm's scripts: the project's own scripts would run on our Node unasked. So
 * a small script takes the link's place, which hands over to the next `node` in the PATH: after the
 * installation where npm lets us (`postinstall` in package.json), and otherwise when one of our programs starts.
 *
 * Without anything in that place, every later `npm install` would unpack Node 26 anew and link it again. Nothing
 * of ours needs the link. One that leads anywhere else stays, and so does ours where the project itself depends
 * on that package.
 */
"use strict";
const { chmodSync, readFileSync, realpathSync, renameSync, writeFileSync } = require("node:fs");
const { basename, dirname, join } = require("node:path");

/** Folders of npm's are passed over: another project's may hold this very script. */
const script = `#!/bin/sh
# Pesarail brings a Node for itself, which npm had linked here. This hands over to your own instead.
set -f
IFS=:
for folder in $PATH; do
  case "$folder" in */node_modules/.bin | */node_modules/.bin/) continue ;; esac
  [ -x "$folder/node" ] && [ ! -d "$folder/node" ] && exec "$folder/node" "$@"
done
echo "node: there is none in the PATH beside the one that pesarail brings for itself" >&2
exit 127
`;

/** `file` is our Node. Says whether it was the project's `node` until now. Never throws. */
function restoreNodeLink(file) {
  try {
    const folder = dirname(dirname(file));
    const modules = dirname(folder);
    const link = join(modules, ".bin", "node");
    if (basename(modules) !== "node_modules" || realpathSync(link) !== realpathSync(file)) return false;
    if (isDirectDependency(basename(folder), dirname(modules))) return false;
    const draft = `${link}.${process.pid}`;
    writeFileSync(draft, script);
    chmodSync(draft, 0o755); // whatever the umask
    renameSync(draft, link);
    return true;
  } catch {
    return false; // There is no such link, or the folder is not ours to change.
  }
}

function isDirectDependency(name, project) {
  const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  return ["dependencies", "devDependencies", "optionalDependencies"].some(
    (kind) => manifest[kind] !== undefined && name in manifest[kind],
  );
}

module.exports = { restoreNodeLink };
