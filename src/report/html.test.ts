import { html } from './html';

test('a value is text, whatever it holds', () => {
  const value = `<script>alert(1)</script>"'&amp;`;
  expect(html`<p title="${value}">${value}</p>`.markup).toBe(
    '<p title="&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp;">&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp;</p>',
  );
});

test('what cannot be seen is shown: direction marks, control characters, lone surrogates', () => {
  expect(html`${'a\u202Eb\u0000c\u200Dd\ud800'}`.markup).toBe('a\\u{202e}b\\u{0}c\\u{200d}d\\u{d800}');
  expect(html`${'line\nbreak and 日本 é 😀'}`.markup).toBe('line\nbreak and 日本 é 😀');
});

test('markup is put in as it is, lists one after the other, nothing where there is nothing', () => {
  const items = ['<', '>'].map((item) => html`<li>${item}</li>`);
  const { markup } = html`<b>${items}${undefined}${false}${0}</b>`;
  expect(markup).toBe('<b><li>&lt;</li><li>&gt;</li>0</b>');
});

test('the spaces of a value stay as they are', () => {
  expect(html`<pre>${'a\n    b'}</pre>`.markup).toBe('<pre>a\n    b</pre>');
});
