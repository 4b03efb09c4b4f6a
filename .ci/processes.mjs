import { readdirSync, readFileSync } from 'node:fs';

/** Processes that were started with something in their arguments or their environment. Linux tells; elsewhere: none. */
export function processesWith(text) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: read(name, 'cmdline').replaceAll('\0', ' ').trim() }))
    .filter(({ pid, command }) => command.includes(text) || read(pid, 'environ').includes(text));
}

export function parentOf(pid) {
  return Number(/^PPid:\t(\d+)/m.exec(read(pid, 'status'))?.[1] ?? 0);
}

/** Empty for a process that has gone, or is another user's. */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
