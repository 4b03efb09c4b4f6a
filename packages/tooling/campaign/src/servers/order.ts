import type { ArmedRelayFault, Fault, TidbFault } from '@sqlport/local';

/**
 * What is to go wrong once, for one target.
 * - `relay`: with the next turn that goes through its relay; `cut`: with the next connection, those that are open are cut
 * - `data-api`, `tidb`: with the next call at its endpoint
 * - `terminate`: the engine ends all sessions in its database, now
 * - `expire-tokens`: the gateway takes no token of before now; connections are cut, so that the next one logs in
 */
export type Order =
  | { readonly at: 'relay'; readonly fault: ArmedRelayFault; readonly cut?: boolean }
  | { readonly at: 'data-api'; readonly fault: Fault }
  | { readonly at: 'tidb'; readonly fault: TidbFault }
  | { readonly at: 'terminate' }
  | { readonly at: 'expire-tokens' };
