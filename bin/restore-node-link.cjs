/**
 * Makes the scripts of a project use its own Node.
 *
 * npm links the programs of all installed packages into the project's `node_modules/.bin`, including those of indirect
 * dependencies. The package with Pesarail's Node 26 has a program `node`, and that folder comes first in the PATH of
 * npm's scripts. So the project's own scripts would run on Node 26. This file replaces the link with a small script that
 * runs the next `node` in the PATH: after the installation if npm allows it (`postinstall` in package.json), and
 * otherwise when one of Pesarail's programs starts.
 *
 * It does not just remove the link, because every later `npm install` would then unpack Node 26 and link it again.
 * Pesarail does not need the link. A link to another file stays, and so does this one if the project itself depends on
 * that package.
 */
"use strict";
const { chmodSync, readFileSync, realpathSync, renameSync, writeFileSync } = require("node:fs");
const { basename, dirname, join } = require("node:path");

/** Skips npm's folders, because another project's folder may contain this script, too. */
const script = `#!/bin/sh
# npm linked the Node of the package pesarail here. This script runs your own Node instead.
set -f
IFS=:
for folder in $PATH; do
  case "$folder" in */node_modules/.bin | */node_modules/.bin/) continue ;; esac
  [ -x "$folder/node" ] && [ ! -d "$folder/node" ] && exec "$folder/node" "$@"
done
echo "node: not found in the PATH. Install Node; the one in the package pesarail is only for Pesarail itself." >&2
exit 127
`;

/** `file` is Pesarail's Node. Returns whether it was the project's `node` until now. Never throws. */
function restoreNodeLink(file) {
  try {
    const folder = dirname(dirname(file));
    const modules = dirname(folder);
    const link = join(modules, ".bin", "node");
    if (basename(modules) !== "node_modules" || realpathSync(link) !== realpathSync(file)) return false;
    if (isDirectDependency(basename(folder), dirname(modules))) return false;
    const draft = `${link}.${process.pid}`;
    writeFileSync(draft, script);
    chmodSync(draft, 0o755); // regardless of the umask
    renameSync(draft, link);
    return true;
  } catch {
    return false; // There is no such link, or the folder is not writable.
  }
}

function isDirectDependency(name, project) {
  const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  return ["dependencies", "devDependencies", "optionalDependencies"].some(
    (kind) => manifest[kind] !== undefined && name in manifest[kind],
  );
}

module.exports = { restoreNodeLink };
