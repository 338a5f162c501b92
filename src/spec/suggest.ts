/** `{suggestion}`, or nothing to spread when there is none. */
export function suggest(suggestion: string | undefined): { readonly suggestion?: string } {
  return suggestion === undefined ? {} : { suggestion };
}
