/** The elements of an array literal as the server writes it; undefined when it has several dimensions. */
export function parseArray(text: string): (string | null)[] | undefined {
  // Bounds other than the usual come first: `[0:1]={a,b}`.
  let at = text.indexOf('{') + 1;
  const items: (string | null)[] = [];
  while (at < text.length && text[at] !== '}') {
    if (text[at] === '{') return undefined;
    if (text[at] === '"') {
      let item = '';
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        item += text[at];
      }
      at++;
      items.push(item);
    } else {
      const start = at;
      // Unquoted elements hold no delimiter; `box` alone has another than the comma, and it never comes here.
      while (text[at] !== ',' && text[at] !== '}') at++;
      const item = text.slice(start, at);
      items.push(item === 'NULL' ? null : item);
    }
    if (text[at] === ',') at++;
  }
  return items;
}
