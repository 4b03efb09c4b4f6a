import { hostileTexts } from '@sqlport/conformance';

/** As many bytes as PostgreSQL keeps of a name; MySQL keeps as many characters. */
const MAX_BYTES = 63;

/** The corpus as names, each between letters: MySQL has none that end with a blank, and no two may be equal. */
export const hostileNames: readonly string[] = hostileTexts.map(([, text], index) =>
  shortened(`n${index}${withoutHigherPlanes(text)}`),
);

/** MySQL has names of the basic plane only. */
function withoutHigherPlanes(text: string): string {
  return text.replace(/[\u{10000}-\u{10ffff}]/gu, '');
}

function shortened(name: string): string {
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) >= MAX_BYTES) break;
    kept += character;
  }
  return `${kept}z`;
}
