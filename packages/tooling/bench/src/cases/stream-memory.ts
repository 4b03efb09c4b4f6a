import type { Bench, Case, Figure } from '../case.ts';
import type { PeakMemory, StreamMemoryInput } from '../programs/stream-memory.ts';
import { runProgram } from '../run-program.ts';

const MOST_GROWTH = 20;

export const streamMemory: Case = {
  name: 'stream-memory',
  title: 'Peak memory of a long stream, above what the process had before',
  goal: `ours grows by ≤ ${MOST_GROWTH} MB from the short stream to the long one`,
  async measure({ configs, effort }: Bench) {
    const figures: Figure[] = [];
    for (const adapter of ['iam-pg', 'iam-mysql2'] as const) {
      for (const side of ['ours', 'raw'] as const) {
        const peaks: PeakMemory[] = [];
        for (const rows of effort.streamRows) {
          const input: StreamMemoryInput = { config: configs[adapter], side, rows };
          peaks.push(await runProgram<PeakMemory>('stream-memory', input, ['--expose-gc']));
        }
        const [few, many] = peaks as [PeakMemory, PeakMemory];
        const growth = many.rss - few.rss;
        figures.push({
          subject: `${adapter === 'iam-pg' ? 'PostgreSQL' : 'MySQL'}, ${side === 'ours' ? 'ours' : many.name}`,
          value: effort.streamRows
            .map((rows, index) => `${rows.toLocaleString('en')} rows: ${described(peaks[index]!)}`)
            .join('; '),
          ...(side === 'ours' ? { reached: growth <= MOST_GROWTH } : {}),
        });
      }
    }
    return { figures };
  },
};

const described = ({ rss, heap }: PeakMemory) => `${rss.toFixed(0)} MB (heap ${heap.toFixed(0)} MB)`;
