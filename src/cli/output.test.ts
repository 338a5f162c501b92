import { createOutput } from './output';

function capture(json: boolean) {
  const written = { stdout: '', stderr: '' };
  const output = createOutput({
    json,
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { written, output };
}

test('with --json stdout holds exactly one JSON document', () => {
  const { written, output } = capture(true);
  output.info('working');
  output.result({ pipeline: 'flights' }, 'Pipeline flights');
  expect(JSON.parse(written.stdout)).toEqual({ pipeline: 'flights' });
  expect(written.stderr).toBe('working\n');
});

test('without --json stdout holds the text for people', () => {
  const { written, output } = capture(false);
  output.result({ pipeline: 'flights' }, 'Pipeline flights');
  expect(written.stdout).toBe('Pipeline flights\n');
});

test('errors go to stderr and leave stdout empty', () => {
  const { written, output } = capture(false);
  output.error({ error: 'no such pipeline' }, 'no such pipeline');
  expect(written).toEqual({ stdout: '', stderr: 'no such pipeline\n' });
});

test('with --json an error is a document on stdout too', () => {
  const { written, output } = capture(true);
  output.error({ error: 'no such pipeline' }, 'no such pipeline');
  expect(JSON.parse(written.stdout)).toEqual({ error: 'no such pipeline' });
});

test('a progress bar writes nothing when stderr is not a terminal', () => {
  const { written, output } = capture(false);
  const progress = output.progress('copying', 10);
  progress.update(5, 'still copying');
  progress.stop();
  expect(written).toEqual({ stdout: '', stderr: '' });
});
