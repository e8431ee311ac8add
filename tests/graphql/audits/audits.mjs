// Runs every audit of npm's graphql-http against a server, and writes what came of each as JSON.
import { serverAudits } from "graphql-http";

const { AUDITED_URL: url, AUDITED_KEY: key } = process.env;
const audits = serverAudits({
  url,
  fetchFn: (address, options = {}) =>
    fetch(address, { ...options, headers: { ...options.headers, Authorization: `Bearer ${key}` } }),
});
const results = [];
for (const audit of audits) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(results));
