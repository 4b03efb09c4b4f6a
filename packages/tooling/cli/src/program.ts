import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { EXIT, exitCodeOf } from './exit-code.ts';
import { endWithReader, tellFailure } from './output.ts';
import { withoutArguments } from './printable.ts';

const URL_HELP = 'the database, as in iam-pg://app@host/shop; or env:NAME for what a variable holds';

const EXIT_CODES = `
Exit codes:
  0  done
  1  the database refused the statement, or a check failed
  2  wrong arguments, URL or configuration
  3  nobody answered, or not in time: trying again may help
  4  a login or a permission was refused
  130  interrupted`;

/** Runs the command that the arguments name; resolves with the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  endWithReader();
  let exitCode: number = EXIT.done;
  const program = makeProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    tellFailure(error, { json: args.includes('--json') });
    return exitCodeOf(error);
  }
}

/** The commands and their options. Each command is loaded when it is asked for; `done` is told its exit code. */
function makeProgram(done: (exitCode: number) => void): Command {
  const program = new Command('sqlport')
    .description(
      'One way to talk to relational databases from serverless code: find out why it does not work, run SQL, make policies.',
    )
    .version(manifest.version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutArguments(text)) })
    .addHelpText('after', EXIT_CODES);

  /** What all commands share that reach a database. */
  const reaching = (name: string, description: string, examples: readonly string[]): Command =>
    command(program, name, description, examples)
      .addArgument(new Argument('<url>', URL_HELP))
      .option('--ca <file>', 'PEM certificates to trust, and no others (or the variable SQLPORT_CA)')
      .option('--signing-host <name>', 'the name RDS gave the endpoint, where the URL has an alias or a tunnel')
      .option('--dotenv <file>', 'read environment variables from a file, such as .env.local')
      .option('--json', 'answer in JSON');

  reaching('doctor', 'Check the way to a database step by step, and say what to do about what is wrong.', [
    'sqlport doctor iam-pg://app@shop.cluster-c1.ap-northeast-1.rds.amazonaws.com/shop',
    'sqlport doctor env:DATABASE_URL --json',
  ]).action(async (url, options) => done(await (await import('./commands/doctor.ts')).doctor(url, options)));

  reaching('policy', 'Print the least IAM policy that lets a strategy in, and the SQL that makes the user.', [
    'sqlport policy env:DATABASE_URL --account 123456789012 --resource-id cluster-ABCDEFGHIJKL > policy.json',
    'sqlport policy env:DATABASE_URL --terraform    # ids looked up with @aws-sdk/client-rds',
  ])
    .option('--account <digits>', 'the AWS account; looked up otherwise')
    .option('--resource-id <id>', 'cluster-…, db-… or prx-…, as RDS calls it; looked up otherwise')
    .addOption(new Option('--sam', 'as Policies of an AWS SAM function').conflicts(['json', 'terraform']))
    .addOption(new Option('--terraform', 'as a Terraform data source').conflicts('json'))
    .action(async (url, options) => done(await (await import('./commands/policy.ts')).policy(url, options)));

  reaching('query', 'Run SQL. Without SQL: a prompt in a terminal, otherwise what standard input holds.', [
    'sqlport query env:DATABASE_URL "select * from users where id = :id" -p id=7',
    'sqlport query env:DATABASE_URL "select * from events" --format ndjson > events.ndjson',
    'sqlport query env:DATABASE_URL < schema.sql',
    'sqlport query env:DATABASE_URL        # a prompt; \\q ends it, Ctrl-C cancels a statement',
  ])
    .addArgument(new Argument('[sql]', 'one statement or several; - for standard input'))
    .addOption(
      new Option('-f, --format <format>', 'how results are written (default: table)')
        .choices(['table', 'json', 'csv', 'ndjson'])
        .conflicts('json'),
    )
    .option('-p, --param <value>', 'a parameter as text: name=value for :name, or in order for ? and $1', collect, [])
    .option('--params <json>', 'all parameters, typed: [1, "a", null] or {"id": 1}')
    .option('--timeout <seconds>', 'give up a statement after this long', seconds)
    .action(async (url, sql, options) => done(await (await import('./commands/query.ts')).query(url, sql, options)));

  reaching('token', 'Print an IAM token, as a password for other tools. It is valid for 15 minutes at the most.', [
    'PGPASSWORD="$(sqlport token env:DATABASE_URL)" psql "host=… user=app dbname=shop sslmode=verify-full sslrootcert=rds.pem"',
  ]).action(async (url, options) => done(await (await import('./commands/token.ts')).token(url, options)));

  command(program, 'local', 'Start real engines behind local endpoints for every strategy, until Ctrl-C.', [
    'sqlport local --write-env      # then: sqlport query env:DATABASE_URL --dotenv .env.local',
    'sqlport local --no-mysql --log',
  ])
    .option('--no-postgres', 'without PostgreSQL')
    .option('--no-mysql', 'without MySQL')
    .option('--region <region>', 'the AWS region to be in', 'us-east-1')
    .option('--write-env [file]', 'write URLs and credentials to a file (default: .env.local)')
    .option('--log', 'one line for each statement, without its literals')
    .option('--json', 'answer in JSON')
    .action(async (options) => done(await (await import('./commands/local.ts')).local(options)));

  return program;
}

function command(program: Command, name: string, description: string, examples: readonly string[]): Command {
  return program
    .command(name)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1_000_000) return value;
  throw new InvalidArgumentError('It must be a number of seconds.');
}
