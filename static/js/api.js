// Swagger UI over our own OpenAPI document. It calls as whoever is signed in, so writes carry the CSRF token.
const place = document.getElementById("so-api");

function token() {
  const named = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return named ? decodeURIComponent(named.slice("csrftoken=".length)) : "";
}

// Swagger's usual layout brings a second <main>: the page has one already, so its parts are put together here.
const layout = ({ React }) => ({
  components: {
    SalesopsLayout: ({ getComponent, specSelectors }) => {
      const part = (name, container = true) => React.createElement(getComponent(name, container));
      const isRead = specSelectors.loadingStatus() === "success";
      const shown = isRead ? ["InfoContainer", "FilterContainer", "operations"] : [];
      const parts = ["SvgAssets", "errors", ...shown].map((name) => React.createElement("div", { key: name, className: `wrapper so-api-${name.toLowerCase()}` }, part(name)));
      return React.createElement("div", { className: "swagger-ui" }, parts);
    },
  },
});

// Groups are the page's second level.
const settle = (card) => card.querySelectorAll("h3.opblock-tag:not([aria-level])").forEach((head) => head.setAttribute("aria-level", "2"));

if (place && window.SwaggerUIBundle) {
  const card = document.createElement("div");
  place.replaceChildren(card);
  new MutationObserver(() => settle(card)).observe(card, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: card,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    filter: true,
    tagsSorter: "alpha",
    tryItOutEnabled: true,
    validatorUrl: null,
    syntaxHighlight: false,
    presets: [window.SwaggerUIBundle.presets.apis],
    plugins: [layout],
    layout: "SalesopsLayout",
    requestInterceptor: (request) => {
      request.headers["X-CSRFToken"] = place.dataset.csrf || token();
      return request;
    },
  });
}
