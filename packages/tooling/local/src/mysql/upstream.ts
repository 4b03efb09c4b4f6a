import type { Duplex } from 'node:stream';
import { buildHandshakeResponse, capability, type Greeting, type HandshakeResponse } from './handshake.ts';
import { header, PayloadReader, packet, readPacket } from './packet.ts';
import { encryptPassword, hashPassword } from './password.ts';

/** What the client may have agreed on with the gateway, but the gateway does not use towards the engine. */
const notUpstream = capability.ssl | capability.connectAttributes | capability.lengthEncodedAuthData;
const alwaysUpstream = capability.protocol41 | capability.secureConnection | capability.pluginAuth;

const askForPublicKey = Buffer.from([0x02]);
/** What an AuthMoreData of caching_sha2_password says. */
const cachingSha2 = { cacheHit: 0x03, fullLogin: 0x04 } as const;

/**
 * Logs in to the engine under the capabilities that the client has chosen, so that both may later be joined byte by
 * byte.
 *
 * @returns the payload of the engine's last word: an OK or an ERR packet
 */
export async function logInUpstream(
  upstream: Duplex,
  greeting: Greeting,
  client: HandshakeResponse,
  password: string,
): Promise<Buffer> {
  let plugin = greeting.authPlugin;
  let nonce = greeting.nonce;
  const response = buildHandshakeResponse({
    ...client,
    capabilities: ((client.capabilities & ~notUpstream) | alwaysUpstream) >>> 0,
    authData: hashPassword(plugin, password, nonce),
    authPlugin: plugin,
  });
  upstream.write(packet(1, response));
  for (;;) {
    const { sequence, payload } = await readPacket(upstream);
    const answer = (bytes: Buffer): boolean => upstream.write(packet(sequence + 1, bytes));
    switch (payload[0]) {
      case header.ok:
      case header.error:
        return payload;
      case header.authSwitch: {
        const reader = new PayloadReader(payload.subarray(1));
        plugin = reader.cstring();
        nonce = reader.rest().subarray(0, 20);
        answer(hashPassword(plugin, password, nonce));
        break;
      }
      case header.moreData:
        if (payload.length > 2) answer(encryptPassword(password, nonce, payload.toString('utf8', 1)));
        else if (payload[1] === cachingSha2.fullLogin) answer(askForPublicKey);
        else if (payload[1] !== cachingSha2.cacheHit) throw new Error('the engine asks for something unknown');
        break;
      default:
        throw new Error('the engine answered the login with an unknown packet');
    }
  }
}
