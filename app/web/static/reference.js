// The API reference: Scalar over openapi.yaml, with this server to try it on, and nothing from elsewhere.
(() => {
  "use strict";
  const place = document.getElementById("reference");
  const { base, key } = place.dataset;
  place.textContent = "";
  Scalar.createApiReference(place, {
    url: "/api-docs/openapi.yaml",
    servers: [{ url: base, description: "This server" }],
    authentication: {
      preferredSecurityScheme: "platformKey",
      securitySchemes: { platformKey: { token: key } },
    },
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: "never",
    hideClientButton: true,
    persistAuth: false,
    hideDarkModeToggle: false,
    defaultOpenAllTags: false,
    documentDownloadType: "direct",
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    // The example of the contract is one key for ever, and each press of the button is another request.
    onBeforeRequest({ requestBuilder }) {
      if (requestBuilder.headers.has("Idempotency-Key")) {
        requestBuilder.headers.set("Idempotency-Key", crypto.randomUUID());
      }
    },
  });
})();
