// A real OpenID provider (npm oidc-provider, certified) on a free port of this machine, for tests: it prints its address.
// Its own pages ask for a name and take whatever password; /control makes it do what a ministry's provider does in years.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const { client_id, client_secret, redirect_uris, post_logout_redirect_uris = [], backchannel_logout_uri } =
  JSON.parse(process.argv[2]);
const real = Date.now;
let off = 0;
Date.now = () => real() + off;

const freshKey = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
};

let provider;
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  provider = made([freshKey()]);
  process.stdout.write(`${issuer()}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0)); // the test that started it is gone

const issuer = () => `http://127.0.0.1:${server.address().port}`;

function made(keys) {
  const one = new Provider(issuer(), {
    clients: [{
      client_id, client_secret, redirect_uris, post_logout_redirect_uris,
      ...(backchannel_logout_uri && { backchannel_logout_uri, backchannel_logout_session_required: true }),
    }],
    jwks: { keys },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Name of ${id}`, email: `${id}@gov.kz` }) }),
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  });
  one.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));
  one.on('backchannel.error', (_, error) => process.stderr.write(`backchannel: ${error.stack}\n`));
  return one;
}

function answer(request, response) {
  const url = new URL(request.url, issuer());
  if (!url.pathname.startsWith('/control/')) return provider.callback()(request, response);
  if (url.pathname === '/control/rotate') provider = made([freshKey()]);
  if (url.pathname === '/control/clock') off = 1000 * Number(url.searchParams.get('s'));
  response.end('ok');
}
