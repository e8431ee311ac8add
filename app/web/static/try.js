/* GraphiQL on this server's /graphql: it sends the key from the header editor, and shows what each answer cost. */
"use strict";

const place = document.getElementById("try");
const cost = document.getElementById("cost");
const key = place.dataset.key;

const QUERY = `# Ctrl-Enter runs it, Ctrl-Space completes.
# The book on the left shows what there is.
# Your key stands below, under "Headers".
query FirstProducts {
  store {
    name
    currency
  }
  products(first: 5) {
    nodes {
      databaseId
      name
      price
      stockQuantity
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;
const HEADERS = JSON.stringify({ Authorization: `Bearer ${key || "YOUR_KEY"}` }, null, 2);
const NO_KEY = 'Put your key in place of YOUR_KEY under "Headers", then run the query, or fetch the schema again.';

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "page-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function showCost(response, answer, milliseconds) {
  const spent = answer.extensions?.cost;
  const left = response.headers.get("X-RateLimit-Remaining");
  const cache = response.headers.get("X-Cache");
  const parts = [];
  if (spent) {
    const requests = spent.units === 1 ? "1 request" : `${spent.units} requests`;
    parts.push(`Cost ${spent.requested.toLocaleString("en")} of ${spent.limit.toLocaleString("en")}`);
    parts.push(`counts as ${requests}`);
  } else {
    parts.push(`Refused (${response.status})`);
  }
  if (cache) parts.push(cache === "HIT" ? "from the cache" : "read anew");
  if (left !== null) parts.push(`${Number(left).toLocaleString("en")} left this minute`);
  parts.push(`${Math.round(milliseconds)} ms`);
  cost.textContent = parts.join(" · ");
  cost.classList.toggle("dear", !spent || spent.requested > spent.limit / 2);
}

async function ask(parameters, options) {
  const headers = options?.headers ?? {};
  const introspects = parameters.operationName === "IntrospectionQuery";
  if (Object.values(headers).some((value) => String(value).includes("YOUR_KEY"))) {
    return { errors: [{ message: NO_KEY }] };
  }
  const own = {
    Accept: "application/graphql-response+json",
    "Content-Type": "application/json",
    // A mutation needs one; each run is another request. A query has no use for it.
    "Idempotency-Key": freshKey(),
  };
  const begun = performance.now();
  const response = await fetch("/graphql", {
    method: "POST",
    body: JSON.stringify(parameters),
    headers: { ...own, ...headers },
    credentials: "omit",
  });
  const answer = await response.json();
  if (!introspects) showCost(response, answer, performance.now() - begun);
  return answer;
}

ReactDOM.createRoot(place).render(
  React.createElement(GraphiQL, {
    fetcher: ask,
    headers: HEADERS,
    defaultHeaders: HEADERS,
    defaultQuery: QUERY,
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    inputValueDeprecation: true,
    schemaDescription: true,
  }),
);
