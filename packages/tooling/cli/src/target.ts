import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { ConnectorError } from '@sqlport/core/spi';
import { strategies } from './strategies/index.ts';
import type { Target, Trust } from './strategies/target.ts';

/** The options that every command has which reaches a database. */
export interface TargetOptions {
  /** A file of PEM certificates. */
  readonly ca?: string;
  readonly signingHost?: string;
  /** A file of environment variables. */
  readonly dotenv?: string;
}

/** Reads the file of environment variables, if one was asked for; what it holds wins over the environment. */
async function useDotenv({ dotenv }: Pick<TargetOptions, 'dotenv'>): Promise<void> {
  if (dotenv === undefined) return;
  Object.assign(process.env, parseEnv(await contentOf(dotenv, '--dotenv')));
}

/** The target of a URL, or of `env:NAME`. Opens nothing. Throws `CONFIG` that does not repeat the URL. */
export async function targetOf(argument: string, options: TargetOptions): Promise<Target> {
  await useDotenv(options);
  const url = urlOf(argument);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  const open = scheme !== undefined && Object.hasOwn(strategies, scheme) ? strategies[scheme] : undefined;
  if (open === undefined) {
    const known = Object.keys(strategies).join(', ');
    throw new ConnectorError('CONFIG', `The URL must begin with the name of a strategy and ://. Strategies: ${known}.`);
  }
  return open(url, await trustOf(options));
}

function urlOf(argument: string): string {
  if (!argument.startsWith('env:')) return argument;
  const name = argument.slice('env:'.length);
  const url = process.env[name];
  if (url) return url;
  const message = /^\w+$/.test(name)
    ? `The environment variable ${name} is not set, or empty.`
    : 'After env: the name of an environment variable must follow.';
  throw new ConnectorError('CONFIG', message);
}

/** What decides trust comes from the command line and the environment, never from a URL. */
async function trustOf({ ca, signingHost }: TargetOptions): Promise<Trust> {
  const pem = ca === undefined ? process.env['SQLPORT_CA'] : await contentOf(ca, '--ca');
  return {
    ...(pem ? { ca: pem } : {}),
    ...(signingHost === undefined ? {} : { signingHost }),
    options: [...(ca === undefined ? [] : ['--ca']), ...(signingHost === undefined ? [] : ['--signing-host'])],
  };
}

async function contentOf(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConnectorError('CONFIG', `The file of ${option} cannot be read: ${path}`, { cause });
  }
}
