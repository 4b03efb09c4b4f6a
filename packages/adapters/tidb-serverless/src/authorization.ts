/** The header's value for Basic authentication, in UTF-8: `btoa` alone takes Latin-1 only. */
export function basicAuthorization(user: string, password: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(`${user}:${password}`)) bytes += String.fromCharCode(byte);
  return `Basic ${btoa(bytes)}`;
}
