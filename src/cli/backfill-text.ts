import type { BackfillDocument } from '../contracts/activities/backfill';
import type { BackfillProgress } from '../contracts/backfill-messages';
import type { BackfillItem } from '../domain/backfill';
import { pauseNoteText } from '../domain/pause-note';
import type { DaySpan } from '../domain/period';
import { textTable } from './text-table';

const SHOWN_ITEMS = 40;
const REASON_CHARACTERS = 70;
const MIB = 1024 * 1024;

/** A plan as people read it: each batch, then what all of it costs. */
export function backfillPlanText({ items, left, cost, more, wish }: BackfillDocument): string {
  const rows = items
    .slice(0, SHOWN_ITEMS)
    .map((item) => [
      (item.batch ?? item.id).slice(0, 16),
      item.kind,
      daysText(item.days),
      item.rows,
      item.objects,
      (item.bytes / MIB).toFixed(1),
      item.seconds.toFixed(1),
      reuseText(item),
      cut(item.because),
    ]);
  const headings = ['batch', 'why', 'days', 'rows', 'objects', 'MiB', 's', 'reuses', 'because'];
  const hidden = items.length - rows.length;
  return [
    items.length === 0 ? `Nothing to do from ${wish.from} to ${wish.to}` : textTable(headings, rows),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    ...left.map(({ batch, because }) => `left alone: ${batch.slice(0, 16)} ${because}`),
    '',
    `${cost.items} batches, ${cost.objects} objects, ${(cost.bytes / MIB).toFixed(1)} MiB, ${cost.rows} rows known; ${cost.reusedStages} finished stages are reused; about ${cost.seconds.toFixed(0)} s with one training at the end`,
    ...(more ? ['There is more: run the same again afterwards'] : []),
  ].join('\n');
}

function daysText(days: DaySpan | undefined): string | undefined {
  if (!days) return undefined;
  return days.from === days.to ? days.from : `${days.from} … ${days.to}`;
}

function reuseText({ reuses }: BackfillItem): string | undefined {
  return reuses.length === 0 ? undefined : reuses.join(', ');
}

function cut(text: string): string {
  return text.length <= REASON_CHARACTERS ? text : `${text.slice(0, REASON_CHARACTERS - 1)}…`;
}

export function backfillProgressText(
  pipeline: string,
  status: string,
  { state, wish, plan, counts, running, failures, pauseNote }: BackfillProgress,
): string {
  const { merged, rejected, failed, held, settled } = counts;
  const note = pauseNoteText(pauseNote);
  return [
    [`${pipeline} ${wish.from} to ${wish.to}: ${status === 'running' ? state : status}`, note]
      .filter(Boolean)
      .join(' '),
    `${plan?.cost.items ?? 0} batches in the plan: ${merged} merged, ${rejected} rejected, ${failed} failed, ${held} held back, ${settled} had nothing to do`,
    ...running.map((run) => `running: ${run}`),
    ...failures.map(({ workflowId, reason }) => `failed: ${workflowId} ${reason}`),
  ].join('\n');
}
