import { lakeLayout } from '../domain/lake-layout';

const LANDED = /^[^/]+\/([a-z][a-z0-9-]{0,62})\/(?:.*[^/])$/s;

/** The pipeline in whose landing zone `key` lies; `undefined` for other keys and for folder markers (`…/`). */
export function landingPipeline(key: string): string | undefined {
  const pipeline = LANDED.exec(key)?.[1];
  return pipeline !== undefined && key.startsWith(lakeLayout.landingPrefix(pipeline)) ? pipeline : undefined;
}
