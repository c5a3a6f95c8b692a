// Who may import whom. Paths are relative to the project's root; `$1` is the organisation's name captured in `from`,
// so an organisation is covered the day its folder appears. Each rule has a small tree that breaks it in
// tests/architecture/examples/dependencies/<rule>/, and tests/architecture/dependencies.test.ts runs them all.

const error = "error";

const organisations = [
  {
    name: "organisations-are-strangers",
    comment: "An organisation must be able to leave. It reaches another through the gateway's schema, never by import.",
    severity: error,
    from: { path: "^(?:tests/)?(?:subgraphs|prisma)/([^/]+)/" },
    to: { path: "^(?:tests/)?(?:subgraphs|prisma)/[^/]+/", pathNot: "^(?:tests/)?(?:subgraphs|prisma)/$1/" },
  },
  {
    name: "a-database-belongs-to-its-organisation",
    comment: "Only the organisation itself (and a test) reads its schema, client, migrations and seed.",
    severity: error,
    from: { pathNot: "^(?:subgraphs|prisma|tests)/" },
    to: { path: "^prisma/[^/]+/" },
  },
  {
    name: "only-the-store-touches-the-database",
    comment:
      "SQL, Prisma and its client stay in store/; migrations and seeds in prisma/ and platform/ know the driver too.",
    severity: error,
    from: { path: "^subgraphs/", pathNot: "^subgraphs/[^/]+/store/" },
    to: { path: "^prisma/[^/]+/client/|node_modules/(?:@prisma/|pg/)" },
  },
  {
    name: "a-subgraph-knows-no-gateway",
    comment: "A subgraph trusts a token, not a program: any gateway of the schema will do.",
    severity: error,
    from: { path: "^(?:subgraphs|prisma)/" },
    to: { path: "^(?:gateway|registry|launcher|sandbox|web)/" },
  },
  {
    name: "domain-is-pure",
    comment:
      "Rules of the business import their own domain and platform/values: no node:, no npm, no store, no resolver.",
    severity: error,
    from: { path: "^subgraphs/([^/]+)/domain/" },
    to: { pathNot: "^subgraphs/$1/domain/|^platform/values/" },
  },
  {
    name: "the-ledger-knows-no-payment",
    comment: "The ledger posts balanced entries; what they are for is its caller's business.",
    severity: error,
    from: { path: "^subgraphs/([^/]+)/domain/ledger(?:/|\\.ts$)" },
    to: { path: "^subgraphs/$1/", pathNot: "^subgraphs/$1/domain/ledger(?:/|\\.ts$)" },
  },
  {
    name: "resolvers-know-no-store",
    comment:
      "A resolver parses, calls one domain function and maps. What implements the ports is plugged in by server.ts.",
    severity: error,
    from: { path: "^subgraphs/([^/]+)/(?:resolvers|loaders)/" },
    to: { path: "^subgraphs/$1/(?:store|connectors)/" },
  },
  {
    name: "a-store-knows-no-resolver",
    comment: "What implements a port knows the domain, not who asks.",
    severity: error,
    from: { path: "^subgraphs/([^/]+)/(?:store|connectors)/" },
    to: { path: "^subgraphs/$1/(?:resolvers/|loaders/|context\\.ts$|server\\.ts$|worker\\.ts$)" },
  },
  {
    name: "connectors-are-plugged-in-by-roots",
    comment:
      "Files at the top of an organisation's folder, or in composition/, put processes together; no other knows a provider.",
    severity: error,
    from: {
      path: "^subgraphs/([^/]+)/",
      pathNot: "^subgraphs/[^/]+/(?:(?:connectors|composition)/|[^/]+$)",
    },
    to: { path: "^subgraphs/$1/connectors/" },
  },
  {
    name: "only-connectors-call-providers",
    comment:
      "An HTTP client in a subgraph stands in connectors/ alone: an organisation without that folder calls nobody.",
    severity: error,
    from: { path: "^subgraphs/", pathNot: "^subgraphs/[^/]+/connectors/" },
    to: { path: "node_modules/undici/" },
  },
];

const house = [
  {
    name: "the-gateway-knows-no-organisation",
    comment: "It serves any supergraph; what it must know of one is in the schema or its configuration.",
    severity: error,
    from: { path: "^gateway/" },
    to: { path: "^(?:subgraphs|prisma|sandbox|launcher)/" },
  },
  {
    name: "pipeline-stages-are-strangers",
    comment: "A stage takes the output of the one before; only execute.ts knows the order.",
    severity: error,
    from: { path: "^gateway/pipeline/([^/.]+)", pathNot: "^gateway/pipeline/execute\\.ts$" },
    to: { path: "^gateway/pipeline/", pathNot: "^gateway/pipeline/$1[/.]" },
  },
  {
    name: "platform-is-a-leaf",
    comment: "What several organisations share has no business noun, hence nothing of theirs to import.",
    severity: error,
    from: { path: "^platform/runtime/" },
    to: { dependencyTypes: ["local"], pathNot: "^platform/" },
  },
  {
    name: "values-import-nothing",
    comment: "Values are what the pure domain may use, so they must be as pure as it is.",
    severity: error,
    from: { path: "^platform/values/" },
    to: { pathNot: "^platform/values/" },
  },
  {
    name: "the-sandbox-is-the-outside-world",
    comment:
      "A bank shares no code with its customers but platform/: both sides implement the specification by themselves.",
    severity: error,
    from: { path: "^sandbox/" },
    to: { dependencyTypes: ["local"], pathNot: "^(?:sandbox|platform)/" },
  },
  {
    name: "the-launcher-imports-no-organisation",
    comment: "It starts programs and gives each its own settings; it shares no memory with them.",
    severity: error,
    from: { path: "^launcher/" },
    to: { path: "^(?:subgraphs|prisma|gateway|registry|sandbox|web)/" },
  },
  {
    name: "production-imports-no-tests",
    comment: "A test double in production is a bug nobody sees.",
    severity: error,
    from: { pathNot: "^(?:tests|bench)/" },
    to: { path: "^(?:tests|bench)/" },
  },
  {
    name: "production-imports-no-tools",
    comment: "What makes the program is not part of it.",
    severity: error,
    from: { path: "^(?:platform|gateway|registry|subgraphs|prisma|sandbox|launcher|web)/" },
    to: { path: "^tools/" },
  },
  {
    name: "no-cycles",
    comment: "Two files that need each other are one subject in two rooms, or a third one is missing.",
    severity: error,
    from: {},
    to: { circular: true },
  },
  {
    name: "no-dev-dependency-in-production",
    comment: "`npm ci --omit=dev` must be enough to run.",
    severity: error,
    from: {
      path: "^(?:platform|gateway|registry|subgraphs|prisma|sandbox|launcher|web|bin)/",
      pathNot: "\\.config\\.ts$",
    },
    to: { dependencyTypes: ["npm-dev"] },
  },
  {
    name: "dependencies-are-declared",
    comment: "A package that is there by accident is gone by accident: package.json names what is imported.",
    severity: error,
    from: {},
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  },
  {
    name: "imports-resolve",
    comment: "An import that resolves to nothing is checked by no rule.",
    severity: error,
    from: {},
    to: { couldNotResolve: true },
  },
];

/** Configuration of dependency-cruiser. `parser: "swc"` is essential: TypeScript 7 has no compiler API to offer it. */
export default {
  forbidden: [...organisations, ...house],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules|/generated/|^prisma/[^/]+/client/" },
    exclude: { path: "^tests/architecture/examples/" },
    enhancedResolveOptions: {
      extensions: [".ts", ".mjs", ".js"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
