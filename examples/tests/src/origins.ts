/** The environment variable that says where requests to an origin are led: JSON, `{ 'https://…': 'http://127.0.0.1:…' }`. */
export const ORIGINS = 'EXAMPLE_ORIGINS';
