// GraphiQL on this server's own API: queries by POST, subscriptions over the WebSocket of the same address.
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./page.css";
import examples from "./examples.graphql";

const place = document.getElementById("graphiql");
const { endpoint, assets, variables, headers } = place.dataset;

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`${assets}/${WORKERS[label] ?? WORKERS.editor}`),
};

async function* watch(operation, headers) {
  const socket = new URL(endpoint, location.href);
  socket.protocol = socket.protocol.replace("http", "ws");
  const client = createClient({ url: socket.href, connectionParams: headers, retryAttempts: 0 });
  try {
    yield* client.iterate(operation);
  } catch (problem) {
    // A closed socket says why in words; GraphiQL shows only errors.
    throw problem instanceof CloseEvent ? new Error(`${problem.code} ${problem.reason}`) : problem;
  } finally {
    await client.dispose();
  }
}

async function ask(operation, headers) {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json, application/json", ...headers },
    body: JSON.stringify(operation),
  });
  return answer.json();
}

function fetcher(operation, { headers, documentAST } = {}) {
  const asked = documentAST?.definitions.find(
    (d) => d.kind === "OperationDefinition" && (!operation.operationName || d.name?.value === operation.operationName),
  );
  return asked?.operation === "subscription" ? watch(operation, headers) : ask(operation, headers);
}

// One tab for each example; the server knows which week is this one. Whoever has been here finds their own tabs again.
const tabs = examples.split(/\n\n(?=# )/).map((query) => ({
  query: query.trim(),
  variables: query.includes("$first") ? variables : undefined,
  headers: headers || undefined,
}));
const first = localStorage.getItem("graphiql:tabState") ? {} : { initialVariables: tabs[0].variables };

createRoot(place).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={tabs}
    {...first}
    initialHeaders={headers || undefined}
    defaultHeaders={headers || undefined}
    // A token stays in the page it was typed in. The history plugin would write it to the browser's storage, whatever is set here.
    plugins={[]}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
    defaultEditorToolsVisibility={headers ? "headers" : "variables"}
  />,
);
