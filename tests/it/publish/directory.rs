//! Static pages in a folder.

use std::fs;

use sanzi::disclosure::Channel;
use sanzi::publish::{Directory, PublishError, Publisher, Standing};

use super::order;

fn site(folder: &tempfile::TempDir) -> Directory {
    Directory::new(Channel::Platform, folder.path().join("n"), "https://dongtang.example/n/").unwrap()
}

#[test]
fn a_page_is_public_once_and_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let (site, order) = (site(&folder), order(Channel::Platform, 14));
    assert_eq!(site.look(&order, None), Ok(Standing::Absent));
    let Ok(Standing::Live(address)) = site.post(&order) else { panic!("not posted") };
    assert!(address.as_str().starts_with("https://dongtang.example/n/") && !address.as_str().contains("//n/"));
    assert_eq!(site.post(&order), Ok(Standing::Live(address.clone())));
    assert_eq!(site.look(&order, None), Ok(Standing::Live(address.clone())));
    assert_eq!(fs::read_dir(folder.path().join("n")).unwrap().count(), 1, "no drafts are left behind");
    let page = fs::read_to_string(site.file(&order)).unwrap();
    for text in ["成交价：607,755.00", "winning price: 607,755.00", "成交：是", &order.digest().to_string()] {
        assert!(page.contains(text), "{text}\n{page}");
    }

    fs::write(site.file(&order), page.replace("607,755", "607,75")).unwrap();
    assert_eq!(site.look(&order, None), Ok(Standing::Altered(address.clone())));
    fs::write(site.file(&order), [0xff, 0xfe]).unwrap();
    assert_eq!(site.look(&order, None), Ok(Standing::Altered(address.clone())));
    assert_eq!(site.post(&order), Ok(Standing::Live(address)), "and it is put right");
    fs::remove_file(site.file(&order)).unwrap();
    assert_eq!(site.look(&order, None), Ok(Standing::Absent));
}

#[test]
fn another_channel_a_wrong_address_and_a_folder_that_is_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = PublishError::OtherChannel { here: Channel::Platform, order: Channel::Office };
    assert_eq!(site(&folder).post(&order(Channel::Office, 14)), Err(wrong.clone()));
    assert_eq!(site(&folder).look(&order(Channel::Office, 14), None), Err(wrong));
    for address in
        ["", "dongtang.example", "ftp://dongtang.example", "https://", "https://a b", "https://a/\"x", "https://a?b", "javascript:1"]
    {
        let refused = Directory::new(Channel::Platform, folder.path(), address);
        assert!(matches!(refused, Err(PublishError::Address(_))), "{address}");
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = Directory::new(Channel::Platform, folder.path().join("file"), "https://dongtang.example");
    assert!(matches!(&refused, Err(PublishError::File(why)) if why.contains("file")), "{refused:?}");
    let site = site(&folder);
    fs::remove_dir(folder.path().join("n")).unwrap();
    let lost = site.post(&order(Channel::Platform, 14));
    assert!(matches!(lost, Err(PublishError::File(_))), "a folder that was taken away is not made anew: {lost:?}");
}

#[cfg(feature = "pages")]
#[test]
fn a_page_for_people_is_known_by_what_they_read() {
    use sanzi::export::Imprint;
    use sanzi::publish::{Order, Pages};
    let folder = tempfile::tempdir().unwrap();
    let text = crate::village::text;
    let imprint = move |_: &Order| Ok(Imprint::new(text("东塱经济联社"), text("第 14 号"), "2018-03-05".parse().unwrap()));
    let (site, order) = (site(&folder).showing(Pages::new(imprint)), order(Channel::Platform, 14));
    let Ok(Standing::Live(address)) = site.post(&order) else { panic!("not posted") };
    assert!(address.as_str().ends_with(".html"));
    let page = fs::read_to_string(site.file(&order)).unwrap();
    fs::write(site.file(&order), page.replace("607,755.00", "607,750.00")).unwrap();
    assert_eq!(site.look(&order, None), Ok(Standing::Altered(address.clone())));
    fs::write(site.file(&order), page.replace("<body", "<body data-looks=\"new\"")).unwrap();
    assert_eq!(site.look(&order, None), Ok(Standing::Live(address.clone())), "what nobody reads does not count");
    fs::write(site.file(&order), "").unwrap();
    assert_eq!(site.look(&order, None), Ok(Standing::Altered(address)), "an empty page is not the notice");
}
