// Keeps the token of the entered page for this window, and goes to the app. A cookie would go to every port of this machine.
const token = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=token]"));
if (token) sessionStorage.setItem("token", token.content);
location.replace("/");
