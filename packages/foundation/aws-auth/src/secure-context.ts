import { createSecureContext, type SecureContext } from 'node:tls';
import { type TrustOptions, trustedCertificates } from './trust.ts';

/** Programs use a handful of certificate sets; one that makes them without end must not fill the memory. */
const LIMIT = 32;

const contexts = new Map<string, Promise<SecureContext>>();

/**
 * The TLS context that trusts {@link trustedCertificates}, one per set of certificates and process: making it costs
 * more than the rest of a connect. Throws what `trustedCertificates` throws.
 */
export function secureContext(options: TrustOptions): Promise<SecureContext> {
  const { ca, region, proxy } = options;
  const key = JSON.stringify(ca === undefined ? { region, proxy } : [ca].flat());
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const made = make(options);
  if (contexts.size >= LIMIT) contexts.clear();
  contexts.set(key, made);
  made.catch(() => contexts.delete(key));
  return made;
}

async function make(options: TrustOptions): Promise<SecureContext> {
  const certificates = await trustedCertificates(options);
  return createSecureContext(certificates === undefined ? {} : { ca: [...certificates] });
}
