/**
 * Why the content of a file cannot be read, to be shown after its name. A verdict on data, not a failure: it never
 * leaves validation, and nothing about it is retried.
 */
export class UnreadableContent extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'UnreadableContent';
  }
}
