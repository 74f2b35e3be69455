#!/usr/bin/env node
/**
 * The command `pesarail`: runs the program on the Node 26 that this package depends on. It is plain JavaScript, since
 * the machine's own Node runs it.
 */
const oldest = 20;
const own = Number.parseInt(process.versions.node, 10);

if (own < oldest) {
  console.error(`pesarail: This is Node ${process.versions.node}. Install Node ${oldest} or newer.`);
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await launch(process.argv.slice(2));
  } catch (error) {
    console.error(`pesarail: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Returns the program's exit code. */
async function launch(args) {
  const [{ command }, { run }] = await Promise.all([
    import("./resolve-command.cjs"),
    import("./run-node.mjs"),
  ]);
  const { file, args: all } = command(args);
  // Nothing is written to the IPC channel. It closes when this process ends, and then the program stops, even after
  // a `kill -9`.
  return run(file, all, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
}
