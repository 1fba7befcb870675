// Swagger UI over our own OpenAPI document. It calls as whoever is signed in, so writes carry the CSRF token.
const place = document.getElementById("so-api");

function token() {
  const named = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return named ? decodeURIComponent(named.slice("csrftoken=".length)) : "";
}

if (place && window.SwaggerUIBundle) {
  const card = document.createElement("div");
  place.replaceChildren(card);
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
    layout: "BaseLayout",
    requestInterceptor: (request) => {
      request.headers["X-CSRFToken"] = place.dataset.csrf || token();
      return request;
    },
  });
}
