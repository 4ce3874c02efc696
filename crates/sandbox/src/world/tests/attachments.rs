//! Attachments of messages: added, kept and removed.

use super::*;

fn upload(place: u64, id: u64, name: &str) -> Upload {
    Upload {
        index: place,
        id,
        name: name.into(),
        content_type: "image/png".into(),
        size: 5,
        dimensions: Some([3, 4]),
    }
}

fn names(world: &World, id: u64) -> Vec<String> {
    let files = world.message(id).unwrap().attachments.iter();
    files
        .map(|file| file["filename"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn edits_keep_attachments_unless_they_list_others() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let files = vec![upload(0, 11, "a.png"), upload(1, 12, "b.png")];
    let json = json!({"type": 4, "data": {"content": "x"}});
    world
        .create_response(NOW, id, &token, &RequestBody { json, files })
        .unwrap();
    let message = world.messages().next().unwrap().id;
    assert_eq!(names(&world, message), ["a.png", "b.png"]);
    let mut edit = |json: Value, files: Vec<Upload>| {
        world.edit_response(NOW, &token, None, &RequestBody { json, files })?;
        Ok(names(&world, message))
    };
    assert_eq!(
        edit(json!({"content": "y"}), vec![]).unwrap(),
        ["a.png", "b.png"]
    );
    let more = vec![upload(0, 13, "c.png")];
    assert_eq!(edit(json!({}), more).unwrap(), ["a.png", "b.png", "c.png"]);
    let listed = json!({"attachments": [{"id": "12"}, {"id": 0, "filename": "d.png"}]});
    assert_eq!(
        edit(listed.clone(), vec![upload(0, 14, "x.png")]).unwrap(),
        ["b.png", "d.png"]
    );
    assert_eq!(code(edit(listed, vec![])), 50_035, "files[0] did not come");
    let unlisted = json!({"attachments": []});
    assert_eq!(
        code(edit(unlisted.clone(), vec![upload(0, 15, "e.png")])),
        50_035
    );
    assert!(edit(unlisted, vec![]).unwrap().is_empty());
}

#[test]
fn embeds_refer_to_attachments_of_their_message() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let mut answer = |name: &str| {
        let embed = json!({"image": {"url": format!("attachment://{name}")}});
        let json = json!({"type": 4, "data": {"embeds": [embed]}});
        let files = vec![upload(0, 11, "a.png")];
        world.create_response(NOW, id, &token, &RequestBody { json, files })
    };
    assert_eq!(code(answer("other.png")), 50_035);
    answer("a.png").unwrap();
    let image = &world.messages().next().unwrap().embeds[0]["image"];
    assert_eq!(image["url"], "http://sandbox/sandbox/files/11/a.png");
    assert_eq!((&image["width"], &image["height"]), (&json!(3), &json!(4)));
}

#[test]
fn files_that_are_too_large_or_too_many_are_rejected() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let mut answer = |files: Vec<Upload>| {
        let json = json!({"type": 4, "data": {}});
        world.create_response(NOW, id, &token, &RequestBody { json, files })
    };
    let mut large = upload(0, 11, "a.png");
    large.size = (10 << 20) + 1;
    assert_eq!(code(answer(vec![large])), 40_005);
    let many = (0..11).map(|n| upload(n, n, "a.png")).collect();
    assert_eq!(code(answer(many)), 50_035);
    answer((0..10).map(|n| upload(n, n, "a.png")).collect()).unwrap();
}

#[test]
fn image_dimensions_are_read_from_the_header() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x05";
    assert_eq!(attachment::image_dimensions(png), Some([258, 5]));
    assert_eq!(
        attachment::image_dimensions(b"GIF89a\x02\x01\x05\0"),
        Some([258, 5])
    );
    assert_eq!(attachment::image_dimensions(b"\x89PNG\r\n\x1a\n"), None);
    assert_eq!(attachment::image_dimensions(b"text"), None);
}
