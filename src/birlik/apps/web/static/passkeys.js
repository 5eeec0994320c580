// Passkeys: what the node asks goes to the browser, and its answer back. Without JavaScript the other ways stand.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

async function post(address, body) {
  const token = document.querySelector('meta[name="birlik-form"]').content;
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { "Birlik-Form": token }) },
    body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.said ?? told.detail ?? "");
  return told;
}

async function made(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
  const { response, ...key } = given(await navigator.credentials.create({ publicKey }));
  return { ...key, response: { ...response, attestationObject: text(response.raw.attestationObject), raw: undefined } };
}

async function signed(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
  const { response, ...key } = given(await navigator.credentials.get({ publicKey }));
  const { authenticatorData, signature, userHandle } = response.raw;
  return {
    ...key,
    response: {
      clientDataJSON: response.clientDataJSON,
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle && text(userHandle),
    },
  };
}

const given = ({ rawId, type, response }) => ({
  id: text(rawId),
  rawId: text(rawId),
  type,
  clientExtensionResults: {},
  response: { clientDataJSON: text(response.clientDataJSON), raw: response },
});

for (const place of window.PublicKeyCredential ? document.querySelectorAll(".passkey") : []) {
  const { kind, ask, answer, failed } = place.dataset;
  const button = place.querySelector("button");
  const error = place.querySelector(".field-error");
  place.hidden = false;
  button.addEventListener("click", async () => {
    error.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      const options = await post(ask, {});
      const told = await post(answer, { answer: await (kind === "create" ? made : signed)(options) });
      location.assign(told.to);
    } catch (fault) {
      // A browser's own words (nobody touched the key, no such key) are in no language of ours.
      error.textContent = fault instanceof DOMException || !fault.message ? failed : fault.message;
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
