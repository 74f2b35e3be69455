#!/usr/bin/env node
/**
 * `pesarail`, as npm installs it: runs the program that is asked for on the Node 26 that this package brings.
 * It is plain JavaScript, since the machine's own Node runs it.
 */
const oldest = 20;
const own = Number.parseInt(process.versions.node, 10);

if (own < oldest) {
  console.error(
    `pesarail: this is Node ${process.versions.node}; Node ${oldest} or newer is needed to begin with.`,
  );
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await launch(process.argv.slice(2));
  } catch (error) {
    console.error(`pesarail: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Gives the program's exit code. */
async function launch(args) {
  const [{ command }, { run }] = await Promise.all([
    import("./resolve-command.cjs"),
    import("../dist/tools/child.mjs"),
  ]);
  const { file, args: all } = command(args);
  // The channel is never written to. It closes when this process dies, however it dies, and so tells the
  // program to stop even after a `kill -9`.
  return run(file, all, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
}
