/** npm runs this after installing the package: see restore-node-link.cjs. It never makes the installation fail. */
"use strict";
try {
  require("./resolve-command.cjs").command([]);
} catch {
  // There is no Node 26 for this machine. Starting a program reports that.
}
