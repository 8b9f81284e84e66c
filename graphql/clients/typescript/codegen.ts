import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: ["../../operations/*.graphql", "../tour.graphql"],
  generates: {
    "generated/operations.ts": {
      plugins: ["typescript-operations", "typed-document-node"],
      config: {
        useTypeImports: true,
        // Every scalar is named here, or nothing is made: none of them becomes `any`.
        strictScalars: true,
        scalars: {
          Date: "string",
          DateTime: "string",
          // Exact digits: text both ways; a number may be sent where it has no fraction to lose.
          Quantity: { input: "string | number", output: "string" },
        },
      },
    },
  },
};

export default config;
