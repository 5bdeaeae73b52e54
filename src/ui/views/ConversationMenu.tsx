import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import Ellipsis from 'lucide-solid/icons/ellipsis';
import FileDown from 'lucide-solid/icons/file-down';
import Pencil from 'lucide-solid/icons/pencil';
import Trash from 'lucide-solid/icons/trash';

export interface ConversationMenuProps {
  /** The element that names its conversation. */
  titleId: string;
  onRename: () => void;
  onSave: () => void;
  onDelete: () => void;
}

/** The menu of one conversation. Mounted by the click that opens it. */
export function ConversationMenu(props: ConversationMenuProps) {
  let isRenaming = false;
  return (
    <DropdownMenu defaultOpen placement="bottom-end" gutter={4} preventScroll={false} modal={false}>
      <DropdownMenu.Trigger
        class="icon-button conversation-more"
        aria-label="Options"
        aria-describedby={props.titleId}
      >
        <Ellipsis />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          class="menu"
          onCloseAutoFocus={(event) => {
            // The title is being typed; the menu must not take the focus back to its button.
            if (isRenaming) event.preventDefault();
            isRenaming = false;
          }}
        >
          <DropdownMenu.Item
            class="menu-item"
            onSelect={() => {
              isRenaming = true;
              props.onRename();
            }}
          >
            <Pencil />
            Rename
          </DropdownMenu.Item>
          <DropdownMenu.Item class="menu-item" onSelect={() => props.onSave()}>
            <FileDown />
            Save as Markdown
          </DropdownMenu.Item>
          <DropdownMenu.Item class="menu-item menu-item-danger" onSelect={() => props.onDelete()}>
            <Trash />
            Delete
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu>
  );
}
