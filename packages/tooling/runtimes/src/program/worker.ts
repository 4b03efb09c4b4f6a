import type { Assignment } from './assignment.ts';
import { type Module, runCases } from './run-cases.ts';

/** A Worker that answers assignments. The adapter's module is bundled with it. */
export const workerOf = (module: Module) => ({
  async fetch(request: Request): Promise<Response> {
    const assignment = (await request.json()) as Assignment;
    return Response.json(await runCases(module, assignment));
  },
});
