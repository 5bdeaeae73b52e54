import Archive from 'lucide-solid/icons/archive';
import Plus from 'lucide-solid/icons/plus';
import SearchIcon from 'lucide-solid/icons/search';
import X from 'lucide-solid/icons/x';
import { Show } from 'solid-js';
import { IconButton } from '../parts/IconButton.tsx';
import { Mark } from '../parts/Mark.tsx';
import { createSearch } from '../state/create-search.ts';
import { isComposing } from '../state/is-composing.ts';
import { useCore } from '../state/use-core.ts';
import { ConversationList } from './ConversationList.tsx';
import { SearchResults } from './SearchResults.tsx';

export interface SidebarProps {
  /** On narrow screens it is a drawer. */
  isOpen: boolean;
  onClose: () => void;
  onNewChat: () => void;
  /** Conversations are to be saved to a file, or taken in from one. */
  onKeep: () => void;
  onSearchElement: (element: HTMLInputElement) => void;
}

export function Sidebar(props: SidebarProps) {
  const core = useCore();
  const search = createSearch((query) => core.api.search(query));
  const isSearching = () => search.phase().type !== 'off';
  return (
    <>
      <div class="scrim only-narrow" data-open={props.isOpen} onClick={() => props.onClose()} />
      <nav id="conversations" class="sidebar" aria-label="Conversations" data-open={props.isOpen}>
        <div class="sidebar-top">
          <div class="brand">
            <Mark />
            <span>Hearth</span>
            <IconButton class="only-narrow" label="Close" onClick={() => props.onClose()}>
              <X />
            </IconButton>
          </div>
          <button type="button" class="button new-chat" onClick={() => props.onNewChat()}>
            <Plus />
            New chat
          </button>
          <div class="search">
            <SearchIcon />
            <input
              type="search"
              aria-label="Search conversations"
              placeholder="Search"
              autocomplete="off"
              spellcheck={false}
              maxLength={200}
              ref={(element) => props.onSearchElement(element)}
              value={search.query()}
              onInput={(event) => search.setQuery(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Escape' || isComposing(event) || search.query() === '') return;
                // Not the drawer's Escape: that one closes it, by the handler above or by its watcher.
                event.stopPropagation();
                event.preventDefault();
                search.setQuery('');
              }}
            />
          </div>
        </div>
        <div class="sidebar-list">
          <Show when={isSearching()} fallback={<ConversationList onOpen={() => props.onClose()} />}>
            <SearchResults phase={search.phase()} onOpen={() => props.onClose()} />
          </Show>
        </div>
        <div class="sidebar-bottom">
          <button type="button" class="button sidebar-quiet" onClick={() => props.onKeep()}>
            <Archive />
            Keep a copy
          </button>
        </div>
      </nav>
    </>
  );
}
