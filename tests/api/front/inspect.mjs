// graphql-inspector on what stands on standard input, as JSON:
// {"before": SDL, "after": SDL or an introspection's data, "operations": {name: text}} → {"changes": […], "invalid": […]}
import { diff, validate } from "@graphql-inspector/core";
import { buildClientSchema, buildSchema, printSchema, Source } from "graphql";
import { readFileSync } from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf8"));
// Directives are compared where they are written: a schema from introspection is written out first.
const read = (schema) => buildSchema(typeof schema === "string" ? schema : printSchema(buildClientSchema(schema)));
const after = read(asked.after);
const changes = asked.before ? await diff(read(asked.before), after) : [];
// One file at a time: each is a document of its own, and two may have fragments of one name.
const invalid = Object.entries(asked.operations ?? {}).flatMap(([name, text]) => validate(after, [new Source(text, name)]));
console.log(
  JSON.stringify({
    changes: changes.map(({ type, path, message, criticality }) => ({ type, path, message, level: criticality.level })),
    invalid: invalid.map(({ source, errors, deprecated }) => ({
      name: source.name,
      problems: [...errors, ...(deprecated ?? [])].map((problem) => problem.message),
    })),
  }),
);
