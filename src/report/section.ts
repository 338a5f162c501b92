import { html, type Html } from './html';

/** One part of the page, which the navigation can lead to. */
export function section(id: string, title: string, content: Html, remark?: string): Html {
  return html`<section id="${id}">
    <h2>${title}</h2>
    ${remark !== undefined && html`<p class="remark">${remark}</p>`} ${content}
  </section>`;
}
