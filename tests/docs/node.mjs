// Runs modules one after the other, for tests that have many of them: each line of input names a file and its
// environment, each line of output has what it printed, or why it failed.
import { createInterface } from "node:readline";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

for await (const line of createInterface({ input: process.stdin })) {
  const { path, environment } = JSON.parse(line);
  const printed = [];
  console.log = (...values) => printed.push(format(...values));
  Object.assign(process.env, environment);
  let failed = null;
  try {
    await import(pathToFileURL(path).href);
  } catch (error) {
    failed = error.stack;
  }
  process.stdout.write(`${JSON.stringify({ printed: printed.join("\n"), failed })}\n`);
}
